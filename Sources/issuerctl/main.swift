Issuerctl.main()
