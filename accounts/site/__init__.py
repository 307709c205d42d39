"""What every page of the site has, whichever app serves it: headers, request ids, error pages, the admin's frame."""
