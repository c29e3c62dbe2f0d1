"""Images, built once: made from a service's folder, kept with their evidence, named by digest."""
