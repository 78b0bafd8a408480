// Two certificates for localhost, which certify themselves, with their keys. Made for these tests, and trusted by nobody:
//
//   openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj "/CN=ocelot test first" \
//     -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout first.key -out first.pem

/// A certificate and its key, PEM.
struct TestCertificate {
    var chain: String
    var key: String

    static let first = TestCertificate(
        chain: """
            -----BEGIN CERTIFICATE-----
            MIIBqzCCAVGgAwIBAgIUBZCusSC8besEAcsuAl/2eMhnNiIwCgYIKoZIzj0EAwIw
            HDEaMBgGA1UEAwwRb2NlbG90IHRlc3QgZmlyc3QwIBcNMjYxMTIxMTc0OTIzWhgP
            MjEyNjEwMjgxNzQ5MjNaMBwxGjAYBgNVBAMMEW9jZWxvdCB0ZXN0IGZpcnN0MFkw
            EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEVaXjXDzYi2S85dHuAZnqFdDenxY29GQ2
            mBD3LstCyrYOXYFr8iSt8oplBQr7ii4MAhdKas91nq6I4Pr8f5kCPaNvMG0wHQYD
            VR0OBBYEFOBlvTA+YtR0L2PSh+MYbiF7cSYRMB8GA1UdIwQYMBaAFOBlvTA+YtR0
            L2PSh+MYbiF7cSYRMA8GA1UdEwEB/wQFMAMBAf8wGgYDVR0RBBMwEYIJbG9jYWxo
            b3N0hwR/AAABMAoGCCqGSM49BAMCA0gAMEUCIBHJLWEvLSrD/zpxBtByKHTLyx7S
            A8SyLHUKG7gXnmsGAiEA2CMYggD71fVG/mcNFMiqBYUYgZNGgFiRjwP+eSlNG8Y=
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgonM1cF3paNWnpM3X
            PS+dbfOX9DbkZWkCEdgYYepMGm6hRANCAARVpeNcPNiLZLzl0e4BmeoV0N6fFjb0
            ZDaYEPcuy0LKtg5dgWvyJK3yimUFCvuKLgwCF0pqz3Werojg+vx/mQI9
            -----END PRIVATE KEY-----
            """)

    static let second = TestCertificate(
        chain: """
            -----BEGIN CERTIFICATE-----
            MIIBrjCCAVOgAwIBAgIUSXC7tIatVXxaoYJuPLjd8dyBR7YwCgYIKoZIzj0EAwIw
            HTEbMBkGA1UEAwwSb2NlbG90IHRlc3Qgc2Vjb25kMCAXDTI2MTEyMTE3NDkyM1oY
            DzIxMjYxMDI4MTc0OTIzWjAdMRswGQYDVQQDDBJvY2Vsb3QgdGVzdCBzZWNvbmQw
            WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARItnCY7iKG0KB0qevT+M3ClBD39bPH
            igZYbYXe5Qqx4DIKH9RK/1hHDuFvNBvo90C4+e6Zh7U5dkHit1zrWYfmo28wbTAd
            BgNVHQ4EFgQU2Gv8+lktMK+SbS5ioRwgtufrDsAwHwYDVR0jBBgwFoAU2Gv8+lkt
            MK+SbS5ioRwgtufrDsAwDwYDVR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2Nh
            bGhvc3SHBH8AAAEwCgYIKoZIzj0EAwIDSQAwRgIhAMkWx7u8iAuG/y1bvkdz8VsZ
            OHv43UH4R14m79Mq1CZOAiEAxYdTrXz0Kcbp8805HYUoJpHof78CniQI1/BRyOl7
            xYE=
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgdGYxi09R3YAf2hT4
            8eIg3c65RlY/o95sUgGQp2dZ7rqhRANCAARItnCY7iKG0KB0qevT+M3ClBD39bPH
            igZYbYXe5Qqx4DIKH9RK/1hHDuFvNBvo90C4+e6Zh7U5dkHit1zrWYfm
            -----END PRIVATE KEY-----
            """)
}
