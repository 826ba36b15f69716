"""What readers see: page data as pure functions, templates, stylesheets and scripts.

Each ``*_page`` module and ``run_report`` has one ``build()``: records in, one frozen
value out, no clock and no file touched. ``templates/`` turns that value into HTML and
``static/`` gives it its look. ``portalwatch.render`` puts them together.
"""
