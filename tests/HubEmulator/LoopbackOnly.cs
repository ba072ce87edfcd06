using System.Net;

namespace FineWebTorch.HubEmulator;

/// <summary>Keeps the emulator, which has no protection worth the name, off every network.</summary>
internal static class LoopbackOnly
{
    public static async Task DemandAsync(EmulatorOptions options)
    {
        if (!IPAddress.IsLoopback(options.Address))
            throw new ArgumentException(
                $"the emulator listens on loopback only, not on {options.Address}", nameof(options));
        var addresses = await Dns.GetHostAddressesAsync(options.DataHost).ConfigureAwait(false);
        if (!addresses.All(IPAddress.IsLoopback))
            throw new ArgumentException($"{options.DataHost} is not this machine's loopback", nameof(options));
    }
}
