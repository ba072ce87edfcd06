using System.Net;
using System.Net.Sockets;
using FineWebTorch.Worker.Rpc;

namespace FineWebTorch.Worker.Tests.Rpc;

public sealed class CoordinatorAddressesTests : IDisposable
{
    private readonly TcpListener _first = new(IPAddress.Loopback, 0);
    private readonly TcpListener _second = new(IPAddress.Loopback, 0);
    private readonly Uri _firstAddress;
    private readonly Uri _secondAddress;

    public CoordinatorAddressesTests()
    {
        _first.Start();
        _second.Start();
        _firstAddress = new Uri($"http://{_first.LocalEndpoint}");
        _secondAddress = new Uri($"http://{_second.LocalEndpoint}");
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    [Theory]
    [InlineData("http://head:5090", "http://head:5090/")]
    [InlineData("a:5090,b:5090", "http://a:5090,http://b:5090")]
    [InlineData("http://a:5090, [::1]:7", "http://a:5090,http://[::1]:7")]
    public void Parse_OneOrSeveral_AreWrittenAgain(string text, string expected) =>
        Assert.Equal(expected, CoordinatorAddresses.Parse(text).ToString());

    [Fact]
    public void Parse_SeveralForAToken_AreEncrypted() => Assert.Equal(
        "https://a:5090,https://b:5090", CoordinatorAddresses.Parse("a:5090,https://b:5090", encrypts: true).ToString());

    [Theory]
    [InlineData("head:5090")]
    [InlineData("a:5090,")]
    [InlineData("a:5090,https://b:5090")]
    [InlineData("ftp://a:5090")]
    [InlineData("a:5090,b:5090/path")]
    public void Parse_SomethingElse_IsRefused(string text) =>
        Assert.Throws<FormatException>(() => CoordinatorAddresses.Parse(text));

    [Fact]
    public async Task ConnectAsync_TheFirstIsGone_GoesToTheNextAndStaysThere()
    {
        var addresses = new CoordinatorAddresses(_firstAddress, _secondAddress);
        _first.Stop();

        await ConnectAsync(addresses);

        Assert.Equal(_secondAddress, addresses.Current);
        Assert.True(_second.Pending());
    }

    [Fact]
    public async Task ConnectAsync_WhatAnsweredWasPassedOver_TriesTheNextFirst()
    {
        var addresses = new CoordinatorAddresses(_firstAddress, _secondAddress);
        addresses.Pass();

        await ConnectAsync(addresses);

        Assert.Equal((false, true), (_first.Pending(), _second.Pending()));
        addresses.Pass();
        await ConnectAsync(addresses);
        Assert.True(_first.Pending());
    }

    [Fact]
    public async Task ConnectAsync_NobodyAnswers_FailsWithTheReason()
    {
        var addresses = new CoordinatorAddresses(_firstAddress, _secondAddress);
        _first.Stop();
        _second.Stop();

        var failure = await Assert.ThrowsAsync<IOException>(() => ConnectAsync(addresses));

        Assert.Contains("refused", failure.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(_firstAddress, addresses.Current);
    }

    private static async Task ConnectAsync(CoordinatorAddresses addresses)
    {
        await using var stream = await addresses.ConnectAsync(proxy: null, TestContext.Current.CancellationToken);
    }
}
