"""What people type into the query bar: `queue:"Billing EU" status:failed since:7d refund`, read and written.

`words`, `keys`, `moments`, `reading` and `writing` are the language: pure, text in and the parameters of an address
out. What the values mean is checked where controls are checked too, in `dashboard.forms.filters`.
"""
