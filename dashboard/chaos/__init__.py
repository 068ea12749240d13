"""Proof by killing: the real product on real services, a seeded nemesis, and a witness that is never touched.

    work.py        the conversations a run is fed with
    team.py        workers and pumps, restarted when they die, as an init system would
    nemesis.py     which blow falls when: a seed always gives the same schedule
    blows.py       what each blow does to processes and services
    troubles.py    what goes wrong on the wire, call by call
    evidence.py    what the simulator's ledger, the attempts and the audit say afterwards
    invariants.py  what must hold over the evidence, whatever happened
    figures.py     the one line a run prints
    running.py     one run from start to verdict

For `make chaos` and the fault tests; the product itself uses nothing of it.
"""
