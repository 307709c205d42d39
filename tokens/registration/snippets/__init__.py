"""What applications are configured with to sign people in here. An application is one file in `applications`; its
template names values, and each value is written as a literal of the file's language, so that none gets out of it."""
