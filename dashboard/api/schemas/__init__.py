"""What goes into the API and what comes out, one module per thing."""
