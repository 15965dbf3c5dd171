"""What every server package stands on: settings, keys, clock, errors, logging. No Django models."""
