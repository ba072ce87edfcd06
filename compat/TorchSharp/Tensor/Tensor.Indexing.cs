using System.Runtime.CompilerServices;

namespace TorchSharp;

public static partial class torch
{
    public sealed partial class Tensor
    {
        /// <summary>A view of the part that one index or range per leading dimension selects.</summary>
        /// <exception cref="NotSupportedException">An index is of a kind that this build does not offer.</exception>
        [IndexerName("TensorItems")]
        public Tensor this[params TensorIndex[] indices]
        {
            get
            {
                var selected = alias();
                var dim = 0;
                foreach (var index in indices)
                {
                    var whole = selected;
                    selected = index.IsSlice
                        ? whole.slice(dim++, index.Start ?? 0, index.Stop ?? long.MaxValue, index.Step ?? 1)
                        : whole.select(dim, index.Start ?? 0);
                    whole.Dispose();
                }
                return selected;
            }
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1] => select(0, i1);

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2] => this[TensorIndex.Single(i1), TensorIndex.Single(i2)];

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3] =>
            this[TensorIndex.Single(i1), TensorIndex.Single(i2), TensorIndex.Single(i3)];
    }
}
