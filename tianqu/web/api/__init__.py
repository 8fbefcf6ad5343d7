"""Our own API: every act and query over HTTP, typed, with scoped tokens. OpenAPI 3.1 by django-ninja."""
