using System.Net;
using System.Net.Sockets;
using FineWebTorch.Common;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace FineWebTorch.Coordinator.Sessions;

/// <summary>Addresses at which a coordinator listens.</summary>
internal static class Listening
{
    /// <summary>Where it listens, with the port that the system chose where 0 was asked for.</summary>
    public static Uri Address(this WebApplication application) => new(application.Services.GetRequiredService<IServer>()
        .Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <param name="option">That names the address.</param>
    /// <exception cref="UserErrorException">The address cannot be listened on.</exception>
    public static async Task StartAtAsync(this WebApplication application, string option, IPEndPoint listen)
    {
        try
        {
            await application.StartAsync();
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            await application.DisposeAsync();
            throw exception.InnerException is AddressInUseException
                ? InUse(option, listen, exception)
                : new UserErrorException($"{option} {listen}: {exception.Message}", inner: exception);
        }
    }

    public static UserErrorException InUse(string option, IPEndPoint listen, Exception inner) => new(
        $"{option} {listen}: the port is in use, perhaps by another coordinator; give another port", inner: inner);
}
