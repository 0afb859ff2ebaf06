// A customer's application on openid-client, as strict as it can be made. `asked` comes as JSON on
// the command line; what the application saw goes back as JSON on standard output.

import { readFile } from "node:fs/promises";

import * as client from "openid-client";

import { loopback } from "./loopback.mjs";

export const asked = JSON.parse(process.argv[2]);
const fetch = loopback(await readFile(asked.ca));

export const config = await client.discovery(
  new URL(asked.issuer),
  asked.client_id,
  { id_token_signed_response_alg: asked.alg },
  client.None(),
  { [client.customFetch]: fetch },
);
client.enableNonRepudiationChecks(config); // verify signatures even of what came over TLS

const headers = { "content-type": "application/json" };

async function post(path, body) {
  const answer = await fetch(asked.issuer + path, {
    method: "POST",
    headers,
    body: JSON.stringify({ client_id: asked.client_id, scope: asked.scope, ...body }),
  });
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

export const logIn = () =>
  post("/identity/v1/password/login", { email: asked.email, password: asked.password });

export const signUp = (email) =>
  post("/identity/v1/signup", { data: { email, password: asked.password } });

// Goes through the authorization endpoint with what a log-in gave; where it was sent, and the
// checks that the answer must pass.
export async function authorize(tkn) {
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
    idTokenExpected: true,
  };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: asked.redirect_uri,
    scope: asked.scope,
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: "S256",
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    tkn,
  });
  const answer = await fetch(url);
  if (answer.status !== 303) throw new Error(`authorize: ${answer.status} ${await answer.text()}`);
  return { sentTo: new URL(answer.headers.get("location")), checks };
}

export async function tokens(tkn) {
  const { sentTo, checks } = await authorize(tkn);
  return client.authorizationCodeGrant(config, sentTo, checks);
}

// What an OAuth refusal said, to the client that met it.
export const refusal = (promise) =>
  promise.then(
    () => "nothing was refused",
    (error) => ({ status: error.status, error: error.error ?? error.code }),
  );

export const tell = (seen) => console.log(JSON.stringify(seen));
