module fundy

go 1.26
