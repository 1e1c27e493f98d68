"""Facebook Pages and Instagram: what is said on the brand's own."""
