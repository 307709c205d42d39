// Sends the authorization response to the client at once. Without scripts the button does it.
document.getElementById("form_post").submit();
