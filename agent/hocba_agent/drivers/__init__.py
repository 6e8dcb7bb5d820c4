"""Which PKCS#11 drivers this PC has, which of them may be loaded, and how they are."""
