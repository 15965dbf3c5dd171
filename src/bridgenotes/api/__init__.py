"""The HTTP API: routers, schemas, problem documents. Thin; services do the work."""
