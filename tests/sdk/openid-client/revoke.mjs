// Logging out: the refresh token is given back and is worth nothing afterwards.

import * as client from "openid-client";

import { config, logIn, refusal, tell, tokens } from "./shop.mjs";

const granted = await tokens((await logIn()).tkn);

tell({
  remark: await refusal(client.tokenRevocation(config, granted.refresh_token)),
  refresh: await refusal(client.refreshTokenGrant(config, granted.refresh_token)),
});
