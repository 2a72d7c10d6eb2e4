"""What the programs of the suite crash share.

	form.py			the quick form and the long one, and the seed
	scenarios.py	a call of every function of the extension, in every way that
					takes other code
	invariants.py	what must be true of a database whatever happened before
	keeper.py		sessions that change namespaces and know what is in them
	setups.py		sessions that install, adopt and migrate
"""
