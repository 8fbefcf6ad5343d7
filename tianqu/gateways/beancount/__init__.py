"""Books as files of Beancount, a program for plain-text accounting (https://beancount.github.io)."""
