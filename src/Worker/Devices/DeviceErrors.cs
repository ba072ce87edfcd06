using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using FineWebTorch.Common;
using FineWebTorch.Model;

namespace FineWebTorch.Worker.Devices;

/// <summary>Errors of devices in the words of a program.</summary>
internal static class DeviceErrors
{
    /// <summary>As <see cref="ErrorLine"/>, which knows no devices.</summary>
    public static string LineOf(Exception failure) => failure switch
    {
        DeviceFailedException => failure.Message,
        DeviceMemoryException => $"{failure.Message}; end what else uses the device, or name another with --device",
        _ => ErrorLine.Describe(failure).Line,
    };

    /// <summary>Throws a failure as what the person at the keyboard is to read.</summary>
    [DoesNotReturn]
    public static void Throw(ComputeDevice device, Exception failure)
    {
        if (failure is DeviceFailedException or DeviceMemoryException)
            throw new UserErrorException($"{device} ({device.Name}): {LineOf(failure)}", ExitCode.Failure, failure);
        ExceptionDispatchInfo.Throw(failure);
    }
}
