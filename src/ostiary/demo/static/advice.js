// What to tell a person when something went wrong: what is wrong, and what to do about it.

const BY_KEY = {
  "error.invalidEmailOrPassword": "Check both and try again, be one of the demo people, or create an account.",
  "error.invalidVerificationCode":
    "Use the code of the newest message: older ones no longer count. After five wrong answers a code is dead; then send a new one.",
  "error.tooManyAttempts": "Wait a little, then start this step again.",
  "error.accessToken.freshness": "Sign out and in again: changing second factors needs a recent sign-in.",
  "error.accessToken.missing": "Sign in, then try again.",
  "error.authn.mfa.stepup.required": "Confirm with the second factor you have, then try again.",
  "error.mfa.noCredential": "Add a phone number or an e-mail as second factor first.",
  "error.feature.notAvailable": "Choose another way: the administrator has switched this one off.",
  "error.email.alreadyInUse": "Sign in with it instead, or use another address.",
  "error.accountBlockedAfterMultipleLoginAttempts": "Wait until the lock ends, or reset the password by e-mail.",
  "error.client.redirectUrlNotAllowed": "Add this shop’s /callback address to the client’s redirect URIs.",
};

const BY_TYPE = {
  login_required: "Sign in again.",
  password_too_weak: "Choose a longer password; several unrelated words work well.",
  rate_limit_reached: "Wait a little, then try again.",
  invalid_client: "Check the shop’s client id in the configuration of the identity server.",
  insufficient_scope: "Allow the scope “mfa” to this shop’s client, then sign in again.",
  unexpected_error: "Reload the page, then try again.",
  server_error: "Try again; if it stays, look at the identity server’s log.",
};

/** An error of the SDK, of the network or of this shop as `{wrong, todo}`. */
export function explain(error, issuer) {
  if (error?.wrong) return error;
  if (error instanceof TypeError) {
    return { wrong: `The identity server at ${issuer} cannot be reached.`, todo: "Check that it runs and that this browser accepts its certificate.", offline: true };
  }
  if (error instanceof Error) {
    const locked = error.message.includes("ongoing authorization flow");
    return locked
      ? { wrong: "Another sign-in of this tab has not finished.", todo: "Wait 20 seconds, then try again." }
      : { wrong: error.message, todo: "Reload the page, then try again." };
  }
  const field = error?.errorDetails?.[0];
  const wrong = error?.errorUserMsg || error?.errorDescription || error?.error || "Something went wrong.";
  return {
    wrong: sentence(field?.message && !wrong.includes(field.message) ? `${wrong} (${field.field}: ${field.message})` : wrong),
    todo: BY_KEY[error?.errorMessageKey] ?? BY_TYPE[error?.error] ?? (field ? "Correct it, then try again." : "Try again."),
  };
}

const sentence = (text) => (/[.!?)]$/.test(text) ? text : `${text}.`);
