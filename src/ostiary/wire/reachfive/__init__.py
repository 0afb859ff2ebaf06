"""The /identity/v1 and /oauth dialect: ReachFive's Identity API, and OAuth 2.1 with OpenID Connect beside it."""
