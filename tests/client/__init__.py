"""The JavaScript client as other teams take it: packed, typed, in Node and on a page elsewhere."""
