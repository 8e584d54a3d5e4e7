"""Cases: what a service does about alerts, alone or together with others."""
