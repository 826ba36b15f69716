"""Where runs are carried out: worker processes, each with several lanes over one driver.

``pool``       the monitor's side: hands out orders, keeps the deadlines, writes verdicts
``worker``     the process: one Playwright driver, warm browsers, journeys in greenlets
``watchdog``   the worker's thread that notices a flow which never yields
``processes``  finding, weighing and ending everything a worker has started
``wire``       the messages between the two sides
"""
