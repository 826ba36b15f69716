"""Where runs are carried out: worker processes, each with several lanes over one driver.

``dispatch``        from an entry of the plan to its result: an account, a lane, a verdict
``pool``            the monitor's side: hands out errands, replaces workers, has the last word
``errands``         an order on its way, and what may come of it
``worker_process``  one worker as the pool sees it: started, given errands, ended
``worker_end``      why a worker ended: a closed list
``wire``            the messages between the two sides
``worker``          the process: one Playwright driver, journeys in greenlets
``warm``            its browsers, launched when first needed and again when they have died
``watchdog``        its thread that notices a flow which never yields
``processes``       finding, weighing and ending everything that a worker has started
``instance``        one monitor at a time, and nothing left behind by one that was killed
"""
