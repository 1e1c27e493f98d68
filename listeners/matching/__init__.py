"""A brand's words: rules, hashtags, and the one matcher that is made of them."""
