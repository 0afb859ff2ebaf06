"""What the server does, one folder per capability.

Every capability has the same anatomy, or as much of it as it needs: learning one is learning all.


    __init__.py   its verbs          what others may call
    model.py      its nouns          frozen values, which others may name
    rules.py      what is allowed    pure decisions: no clock, no dice, no SQL, no await
    flow.py       what happens       load, decide, save, record; one function per use case
    store.py      how it is kept     the only SQL of this capability

Refusals are values and are committed; exceptions mean that nothing happened.
"""
