using FineWebTorch.Common;
using FineWebTorch.Model;

namespace FineWebTorch.Worker.Devices;

/// <summary>What suits a device where the user does not say.</summary>
internal static class DeviceDefaults
{
    /// <summary>
    /// For a CPU: 4,096 tokens of BERT-base take about 4 s on two cores, and a worker is to end within 5 s. For a GPU, not
    /// measured but derived from BERT-base's shape. A token needs 175 MFLOP, so that 65,536 take 21 ms at 55 % of an
    /// H100's 990 TFLOP/s, against which some 150 launches of 4 µs are 3 %, and a quarter of a second on an A10G. At the
    /// widest place a token holds 17 KB (residual stream in fp32, its copy and twice the 3,072 wide numbers in 16 bits):
    /// 1.1 GB a batch. A window of 16,384 rows of 400 tokens makes 100 batches, and the last, half empty, costs 0.5 %.
    /// Half of it would save no memory that matters, four times as much would take 4.4 GB and a second on an A10G.
    /// </summary>
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
