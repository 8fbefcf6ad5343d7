"""Books as journals of hledger, a program for plain-text accounting (https://hledger.org)."""
