// A new user, refreshed twice; then the first refresh token turns up again.

import * as client from "openid-client";

import { asked, config, refusal, signUp, tell, tokens } from "./shop.mjs";

const refresh = (token) => client.refreshTokenGrant(config, token);

const { id, tkn } = await signUp(asked.new_email);
const first = await tokens(tkn);
const second = await refresh(first.refresh_token);
const third = await refresh(second.refresh_token);
const { sub } = third.claims();

tell({
  id,
  claims: [first, second, third].map((granted) => granted.claims()),
  different: new Set([first, second, third].map((granted) => granted.refresh_token)).size,
  userinfo: await client.fetchUserInfo(config, third.access_token, sub),
  reused: await refusal(refresh(first.refresh_token)),
  newest_after_reuse: await refusal(refresh(third.refresh_token)),
});
