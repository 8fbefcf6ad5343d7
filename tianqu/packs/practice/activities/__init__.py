"""Activities: announced, signed up for, waited for, called off."""
