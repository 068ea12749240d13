"""The whole product on one machine, with a simulated Genesys Cloud: what `make demo` runs.

processes.py    which processes there are, and their command lines
preparing.py    what has to be done before they start
supervising.py  starting them together, stopping them together
claiming.py     one run at a time, and finding the one there is
"""
