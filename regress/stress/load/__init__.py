"""A load on a message store, and the proof that its readers miss nothing.

	writers.py		sessions that write in every way there is
	pollers.py		sessions that read behind them and remember what they saw
	disturbances.py	cancels, vacuums, kills, crashes
	campaign.py		all of them together for some seconds, and the judgement
	server.py		the server and its standby
"""
