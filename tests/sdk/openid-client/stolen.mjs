// A code that is redeemed a second time, by whoever else has seen it.

import * as client from "openid-client";

import { authorize, config, logIn, refusal, tell } from "./shop.mjs";

const { sentTo, checks } = await authorize((await logIn()).tkn);
const granted = await client.authorizationCodeGrant(config, sentTo, checks);
const { sub } = granted.claims();

tell({
  again: await refusal(client.authorizationCodeGrant(config, sentTo, checks)),
  refresh: await refusal(client.refreshTokenGrant(config, granted.refresh_token)),
  userinfo: await refusal(client.fetchUserInfo(config, granted.access_token, sub)),
});
