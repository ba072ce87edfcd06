using System.Net;

namespace FineWebTorch.Common.Tests;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("http://0.0.0.0:5090/", "http://127.0.0.1:5090/")]
    [InlineData("http://[::]:5090/", "http://[::1]:5090/")]
    [InlineData("http://10.1.2.3:5090/", "http://10.1.2.3:5090/")]
    [InlineData("http://127.0.0.1:41234/", "http://127.0.0.1:41234/")]
    public void OnThisMachine_IsAnAddressToCall(string bound, string called) =>
        Assert.Equal(called, ListenAddress.OnThisMachine(new Uri(bound)).AbsoluteUri);

    [Theory]
    [InlineData("http://0.0.0.0:5090")]
    [InlineData("http://[::]:5090")]
    public void ForOthers_ListensOnAllAddresses_IsThisMachinesName(string bound)
    {
        var address = ListenAddress.ForOthers(new Uri(bound));

        Assert.Equal((Dns.GetHostName().ToLowerInvariant(), 5090), (address.Host, address.Port));
    }

    [Fact]
    public void ForOthers_ListensOnOneAddress_IsThisAddress() => Assert.Equal(
        "http://10.1.2.3:5090/", ListenAddress.ForOthers(new Uri("http://10.1.2.3:5090")).AbsoluteUri);
}
