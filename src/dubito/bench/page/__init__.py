"""What stands on the page of a report, section by section: plain records for the templates."""
