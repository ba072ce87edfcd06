using FineWebTorch.Cli;
using FineWebTorch.Model;

namespace FineWebTorch.Worker.Devices;

/// <summary>What suits a device where the user does not say.</summary>
internal static class DeviceDefaults
{
    /// <summary>A batch of a BERT-base model takes a second or two on a CPU, some milliseconds on a GPU.</summary>
    public static int TokenBudget(ComputeDevice device) => device.Kind == ComputeDeviceKind.Cpu ? 4_096 : 65_536;

    /// <param name="name">fp32, fp16, bf16 or auto: fp16 where the device computes it well, but for CPUs.</param>
    /// <exception cref="UserErrorException">There is no such type.</exception>
    public static ModelDtype Dtype(ComputeDevice device, string name)
    {
        if (name != "auto")
        {
            return ModelDtypes.TryParse(name, out var dtype)
                ? dtype
                : throw new UserErrorException(
                    $"--dtype {name}: there is no such type; use fp32, fp16, bf16 or auto", ExitCode.Usage);
        }

        return device.Kind != ComputeDeviceKind.Cpu && device.SupportedDtypes.Contains(ModelDtype.Float16)
            ? ModelDtype.Float16
            : ModelDtype.Float32;
    }
}
