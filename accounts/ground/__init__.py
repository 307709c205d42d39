"""What both applications stand on and neither owns. It knows nothing of either, and lies in accounts, the lower one."""
