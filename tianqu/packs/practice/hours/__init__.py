"""Hours: what a volunteer's add up to, and the certificate of them; the kernel counts and books them."""
