"""Claims about the portal: ``check_*`` functions, run by pytest and by the monitor alike."""
