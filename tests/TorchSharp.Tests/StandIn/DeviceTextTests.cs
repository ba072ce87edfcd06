using TorchSharp;

namespace FineWebTorch.TorchSharp.Tests.StandIn;

/// <summary>Texts that TorchSharp's package takes for some device or other, or fails on in its own way.</summary>
public sealed class DeviceTextTests
{
    [Theory]
    [InlineData("")]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:x")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:1:2")]
    [InlineData("1")]
    public void Device_FromOtherText_IsRefused(string text)
    {
        Assert.Throws<ArgumentException>(() => new torch.Device(text));
    }
}
