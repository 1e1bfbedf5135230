"""Where scripts run: a fork server that makes locked-down children, or the user's own Python for their own script."""
