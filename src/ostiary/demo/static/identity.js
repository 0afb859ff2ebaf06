// The vendor's SDK, unmodified (`window.reach5` of its UMD bundle), and a record of what it was asked.

const PATIENCE = 15_000; // the SDK waits for its hidden frame for ever; people do not

/** What each method puts on the wire, for the panel “What the SDK did”. */
const WIRE = {
  getSessionInfo: "GET /identity/v1/config, GET /identity/v1/sso/data",
  checkSession: "GET /oauth/authorize, POST /oauth/token",
  signup: "POST /identity/v1/signup, GET /oauth/authorize, POST /oauth/token",
  loginWithPassword: "POST /identity/v1/password/login, GET /oauth/authorize, POST /oauth/token",
  getPasswordStrength: "POST /identity/v1/password/strength",
  refreshTokens: "POST /oauth/token",
  getUser: "GET /identity/v1/userinfo",
  updateEmail: "POST /identity/v1/update-email",
  verifyEmail: "POST /identity/v1/verify-email",
  sendEmailVerification: "POST /identity/v1/send-email-verification",
  updatePhoneNumber: "POST /identity/v1/update-phone-number",
  verifyPhoneNumber: "POST /identity/v1/verify-phone-number",
  sendPhoneNumberVerification: "POST /identity/v1/send-phone-number-verification",
  listTrustedDevices: "GET /identity/v1/mfa/trusteddevices",
  removeTrustedDevice: "DELETE /identity/v1/mfa/trusteddevices/{id}",
  removeMfaPhoneNumber: "DELETE /identity/v1/mfa/credentials/phone-numbers",
  removeMfaEmail: "DELETE /identity/v1/mfa/credentials/emails",
  listMfaCredentials: "GET /identity/v1/mfa/credentials",
  startMfaPhoneNumberRegistration: "POST /identity/v1/mfa/credentials/phone-numbers",
  verifyMfaPhoneNumberRegistration: "POST /identity/v1/mfa/credentials/phone-numbers/verify",
  startMfaEmailRegistration: "POST /identity/v1/mfa/credentials/emails",
  verifyMfaEmailRegistration: "POST /identity/v1/mfa/credentials/emails/verify",
  getMfaStepUpToken: "POST /identity/v1/mfa/stepup",
  startPasswordless: "POST /identity/v1/passwordless/start",
  verifyMfaPasswordless: "POST /identity/v1/passwordless/verify",
  exchangeAuthorizationCodeWithPkce: "POST /oauth/token",
  logout: "POST /oauth/revoke, GET /identity/v1/logout",
};

export class Identity {
  #client;
  #record;

  constructor(config, record) {
    this.#client = window.reach5.createClient({ clientId: config.client_id, domain: config.domain, language: document.documentElement.lang });
    this.#record = record;
    this.redirectUri = `${location.origin}/callback`;
  }

  /** Calls a method of the SDK by name and records how it went. */
  async call(method, ...args) {
    const started = performance.now();
    const entry = this.#record({ method, wire: WIRE[method] ?? "" });
    const ended = (outcome, held) => entry({ outcome, held, took: Math.round(performance.now() - started) });
    try {
      const result = await inTime(this.#client[method](...args));
      ended("ok", true);
      return result;
    } catch (error) {
      ended(error?.errorMessageKey ?? error?.error ?? "failed", false);
      throw error;
    }
  }

  signIn = (email, password) => this.call("loginWithPassword", { email, password, auth: this.#inPage });

  signUp = (data) => this.call("signup", { data, auth: this.#inPage });

  /** Tokens for the person whose single sign-on session this browser has, or null. */
  async resume() {
    const { isAuthenticated } = await this.call("getSessionInfo");
    if (!isAuthenticated) return null;
    // It may have ended in between, or another sign-in of this tab may hold the SDK's lock.
    return this.call("checkSession", { redirectUri: this.redirectUri }).catch(() => null);
  }

  /** Starts a step-up by the session cookie; `action` lets message templates speak of what is done. */
  stepUp = (action) => this.call("getMfaStepUpToken", { options: { redirectUri: this.redirectUri }, action });

  sendCode = (stepUp, channel) => this.call("startPasswordless", { authType: channel, stepUp });

  async answer(challengeId, verificationCode, trustDevice) {
    const { code } = await this.call("verifyMfaPasswordless", { challengeId, verificationCode, trustDevice });
    return this.exchange(code);
  }

  /** May a person trust a browser, so that a password is enough there? */
  mayTrust = async () => Boolean((await this.#client.remoteSettings).rbaEnabled);

  exchange = (code) => this.call("exchangeAuthorizationCodeWithPkce", { code, redirectUri: this.redirectUri });

  startRegistration(channel, accessToken, phoneNumber, action) {
    return channel === "sms"
      ? this.call("startMfaPhoneNumberRegistration", { accessToken, phoneNumber, action })
      : this.call("startMfaEmailRegistration", { accessToken, action });
  }

  verifyRegistration(channel, accessToken, verificationCode) {
    const method = channel === "sms" ? "verifyMfaPhoneNumberRegistration" : "verifyMfaEmailRegistration";
    return this.call(method, { accessToken, verificationCode });
  }

  changeAddress = (which, accessToken, address) => (which === "email"
    ? this.call("updateEmail", { accessToken, email: address })
    : this.call("updatePhoneNumber", { accessToken, phoneNumber: address }));

  confirmAddress = (which, accessToken, address, verificationCode) => (which === "email"
    ? this.call("verifyEmail", { accessToken, email: address, verificationCode })
    : this.call("verifyPhoneNumber", { accessToken, phoneNumber: address, verificationCode }));

  sendConfirmation = (which, accessToken) => this.call(which === "email" ? "sendEmailVerification" : "sendPhoneNumberVerification", { accessToken });

  /** Revokes the tokens, then leaves for the server's logout, which comes back here. */
  async signOut(tokens) {
    const home = { redirectTo: `${location.origin}/` };
    try {
      await this.call("logout", home, { tokens: tokens.filter(Boolean) });
    } catch {
      await this.call("logout", home); // tokens that are dead already must not keep a session alive
    }
  }

  get #inPage() {
    return { redirectUri: this.redirectUri, useWebMessage: true };
  }
}

function inTime(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject({ wrong: "The identity server did not finish in 15 seconds.", todo: "Reload the page, then try again." }), PATIENCE);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
