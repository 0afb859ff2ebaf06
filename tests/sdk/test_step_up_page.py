"""The application of docs/step-up.md is run as it is printed there, on a page with the vendor's SDK."""

import re
from urllib.parse import urlsplit

from scripts.generated import ROOT
from tests.sdk.customer import ANN, Customer, a_phone_number, amr

RUN = """async ([printed, accessToken, phoneNumber]) => {
  const define = new Function("createClient", `${printed}; return { addPhone, stepUp };`);
  const { addPhone, stepUp } = define(reach5.createClient);
  const ask = () => window.readTheInbox(phoneNumber);
  await addPhone(accessToken, phoneNumber, ask);
  await addPhone(accessToken, phoneNumber, () => Promise.reject("it is there already"));
  return await stepUp("pay", ask);
}"""


def test_the_printed_step_up(customer: Customer) -> None:
    """M4: a phone is added once, and the token says what was proved."""
    page = (ROOT / "docs" / "step-up.md").read_text(encoding="utf-8")
    block = re.search(r"^```js\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert block is not None
    server = customer.server
    customer.page.expose_function("readTheInbox", lambda number: server.code(to=number))
    printed = block[1].replace("id.demo.localhost:8443", urlsplit(server.url).netloc)
    printed = printed.replace("https://shop.demo.localhost:8443", customer.site.origin)
    customer.log_in(ANN)
    tokens = customer.page.evaluate(RUN, [printed, customer.access_token, a_phone_number()])
    assert amr(server, tokens) == ["mfa", "sms", "pwd"]
