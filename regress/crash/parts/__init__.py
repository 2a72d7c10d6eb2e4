"""What the programs of the suite crash share.

	scenarios.py	a call of every function of the extension, in every way that
					takes other code
"""
