"""How the money moves: the pure heart of Groat. The standard library is all it imports.

Read in this order, half an hour in all:

1. `accounts`  who owns and owes: wallets, and the programme's own tallies
2. `lots`      credits of one origin with one expiry, and the order in which they are used
3. `wallet`    one customer's account: its balance, lots and holds, and the few ways they change
4. `commands`  what can be asked of the book
5. `entries`   what the book records: postings that sum to zero
6. `refusals`  why the book says no
7. `reversal`  undo: what goes back, and to where
8. `decide`    commands in, entries or refusals out

All that they pass around are values that never change, made by `values`.

Amounts are ints of minor units of credit unless their name says otherwise; times are aware
datetimes; ids are minted by whoever calls.
"""
