"""The consumer API of Stytch, spoken so that the vendor's own SDKs need no change."""
