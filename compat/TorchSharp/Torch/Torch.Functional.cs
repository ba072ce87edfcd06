using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>input · weightsᵀ + bias.</summary>
            /// <param name="input">[*, in]</param>
            /// <param name="weights">[out, in]</param>
            /// <param name="bias">[out]</param>
            /// <returns>[*, out]</returns>
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null)
            {
                NativeMethods.fwt_linear(input.SafeHandle, weights.SafeHandle, Handle(bias), out var result);
                return new Tensor(result);
            }

            /// <param name="normalized_shape">The trailing dimensions over which mean and variance are taken.</param>
            public static Tensor layer_norm(
                Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-05)
            {
                NativeMethods.fwt_layer_norm(
                    input.SafeHandle, normalized_shape, normalized_shape.Length, Handle(weight), Handle(bias), eps,
                    out var result);
                return new Tensor(result);
            }

            /// <summary>The exact form, with erf.</summary>
            public static Tensor gelu(Tensor x) => x.gelu();

            public static Tensor gelu(Tensor x, bool inplace) => inplace ? x.gelu_().alias() : x.gelu();

            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

            public static Tensor tanh(Tensor x, bool inplace = false) => inplace ? x.tanh_().alias() : x.tanh();

            /// <summary>softmax(query · keyᵀ / √d + mask) · value.</summary>
            /// <param name="query">[..., l, d]</param>
            /// <param name="key">[..., s, d]</param>
            /// <param name="value">[..., s, e]</param>
            /// <param name="attn_mask">[..., l, s]: true where attention is allowed, or numbers that are added.</param>
            /// <param name="p">Dropout.</param>
            /// <param name="is_casual">Causal; TorchSharp spells it so.</param>
            /// <returns>[..., l, e]</returns>
            public static Tensor scaled_dot_product_attention(
                Tensor query, Tensor key, Tensor value, Tensor? attn_mask = null, double p = 0.0,
                bool is_casual = false)
            {
                NativeMethods.fwt_scaled_dot_product_attention(
                    query.SafeHandle, key.SafeHandle, value.SafeHandle, Handle(attn_mask), p, is_casual ? 1 : 0,
                    out var result);
                return new Tensor(result);
            }

            private static TensorHandle Handle(Tensor? tensor) => tensor?.SafeHandle ?? TensorHandle.None;
        }
    }
}
