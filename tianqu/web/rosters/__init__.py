"""What volunteers do about rosters: wishes, offering a shift, taking one."""
