using System.Globalization;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Where a tensor lies. Index -1 is the current device of its kind.</summary>
    public class Device
    {
        /// <param name="description">"cpu", "cuda" or "cuda:1"; other kinds by their libtorch names.</param>
        /// <exception cref="ArgumentException">It is none of them.</exception>
        public Device(string description)
        {
            var colon = description.IndexOf(':', StringComparison.Ordinal);
            type = Parse(colon < 0 ? description : description[..colon], description);
            if (colon >= 0)
            {
                var digits = description[(colon + 1)..];
                index = int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var i)
                    ? i : throw Unknown(description);
            }
        }

        public Device(string deviceType, int index = -1) : this(Parse(deviceType, deviceType), index)
        {
        }

        public Device(DeviceType deviceType, int index = -1)
        {
            type = deviceType;
            this.index = index;
        }

        /// <summary>A CUDA device.</summary>
        public Device(int index) : this(DeviceType.CUDA, index)
        {
        }

        public DeviceType type { get; }

        public int index { get; } = -1;

        public static implicit operator Device(string description) => new(description);

        public override string ToString() => type == DeviceType.CPU || index < 0
            ? Name(type)
            : string.Create(CultureInfo.InvariantCulture, $"{Name(type)}:{index}");

        private static string Name(DeviceType type) => type switch
        {
            DeviceType.CPU => "cpu",
            DeviceType.CUDA => "cuda",
            DeviceType.MPS => "mps",
            DeviceType.META => "meta",
            _ => type.ToString(),
        };

        private static DeviceType Parse(string kind, string description) =>
            kind.Length > 0 && char.IsAsciiLetter(kind[0])
                && Enum.TryParse<DeviceType>(kind, ignoreCase: true, out var type)
                ? type : throw Unknown(description);

        private static ArgumentException Unknown(string description) =>
            new($"'{description}' is not a device: use cpu, cuda or cuda:N.", nameof(description));
    }

    public static readonly Device CPU = new(DeviceType.CPU);

    public static Device CUDA { get; } = new(DeviceType.CUDA);

    public static readonly Device META = new(DeviceType.META);

    public static Device device(string description) => new(description);

    public static Device device(string deviceType, int index = -1) => new(deviceType, index);

    public static Device device(DeviceType deviceType, int index = -1) => new(deviceType, index);

    /// <summary>A CUDA device.</summary>
    public static Device device(int index) => new(index);
}
