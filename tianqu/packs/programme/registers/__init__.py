"""What is written beside the kernel's acts of releases, in their transactions."""
