"""What is captured of a cell while it runs, without a logging call in the user's code, or by one.

`sites` says which places of the code are worth watching, and under which names; `observer` hears what happens there and
makes rows of it. Nothing here is ever seen by the user's code, and no library is imported that the user did not.
"""
